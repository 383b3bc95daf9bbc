; Text with somebody else's words in it, given to a shell, a database, a page or the file system.

((call_expression function: (_) @callee arguments: (arguments) @args) @here
  (#names? @callee "child_process.exec" "child_process.execSync" "shelljs.exec" "execa.command" "execa.commandSync" "execa.execaCommand")
  (#dynamic? @args "0")
  (#set! rule "shell-command"))

((call_expression
  function: (_) @callee
  arguments: (arguments (object (pair key: (_) @_key value: (_) @shell))) @args) @here
  (#names? @callee "child_process.spawn" "child_process.spawnSync" "child_process.execFile" "child_process.execFileSync" "execa" "execa.execa")
  (#any-of? @_key "shell" "'shell'" "\"shell\"")
  (#truthy? @shell)
  (#dynamic? @args)
  (#set! rule "shell-command"))

; In TypeScript, a call with type arguments is read as if the `await` before it belonged to the function.
((call_expression
  function: [
    (member_expression property: (property_identifier) @_method)
    (await_expression (member_expression property: (property_identifier) @_method))]
  arguments: (arguments) @args) @here
  (#any-of? @_method
    "query" "execute" "exec" "prepare" "raw" "run" "all" "get" "each" "unsafe" "whereRaw" "orderByRaw" "havingRaw" "selectRaw" "joinRaw"
    "$queryRawUnsafe" "$executeRawUnsafe")
  (#says? @args "0" sql)
  (#composed? @args "0")
  (#set! rule "sql-text"))

((call_expression
  function: (identifier) @_method
  arguments: (arguments) @args) @here
  (#any-of? @_method "query" "execute")
  (#says? @args "0" sql)
  (#composed? @args "0")
  (#set! rule "sql-text"))

([(assignment_expression left: (member_expression property: (property_identifier) @_property) right: (_) @html)
  (augmented_assignment_expression left: (member_expression property: (property_identifier) @_property) right: (_) @html)] @here
  (#any-of? @_property "innerHTML" "outerHTML" "srcdoc")
  (#dynamic? @html)
  (#set! rule "html-text"))

((call_expression function: (_) @callee arguments: (arguments) @args) @here
  (#names? @callee "document.write" "document.writeln")
  (#dynamic? @args)
  (#set! rule "html-text"))

((call_expression
  function: (member_expression property: (property_identifier) @_method)
  arguments: (arguments) @args) @here
  (#eq? @_method "insertAdjacentHTML")
  (#dynamic? @args "1")
  (#set! rule "html-text"))

((call_expression function: (_) @callee arguments: (arguments) @args) @here
  (#names? @callee "fs.*" "fs/promises.*" "fs-extra.*" "*.sendFile" "*.sendfile" "*.download")
  (#mentions? @args "0" request)
  (#set! rule "path-from-request"))
