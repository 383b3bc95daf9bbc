; Text with somebody else's words in it, given to a shell, a database, a page or the file system.

((call function: (_) @callee) @here
  (#names? @callee
    "os.system" "os.popen" "os.popen2" "os.popen3" "os.popen4" "popen2.*" "commands.getoutput" "commands.getstatusoutput"
    "subprocess.getoutput" "subprocess.getstatusoutput" "asyncio.create_subprocess_shell")
  (#set! rule "shell"))

((call arguments: (argument_list (keyword_argument name: (identifier) @_key value: (_) @shell))) @here
  (#eq? @_key "shell")
  (#truthy? @shell)
  (#set! rule "shell"))

((call
  function: [(identifier) @_method (attribute attribute: (identifier) @_method)]
  arguments: (argument_list) @args) @here
  (#any-of? @_method
    "execute" "executemany" "executescript" "raw" "extra" "text" "read_sql" "read_sql_query" "query" "fetch" "fetchrow" "fetchval" "mogrify")
  (#says? @args "0" sql)
  (#composed? @args "0")
  (#set! rule "sql-text"))

((call function: (_) @callee arguments: (argument_list) @args) @here
  (#names? @callee "*mark_safe" "markupsafe.Markup" "flask.Markup" "Markup" "*render_template_string")
  (#dynamic? @args "0")
  (#set! rule "html-text"))

((call function: (_) @callee arguments: (argument_list) @args) @here
  (#names? @callee
    "open" "io.open" "codecs.open" "os.open" "os.remove" "os.unlink" "os.rename" "os.rmdir" "os.listdir" "os.makedirs" "os.mkdir"
    "shutil.*" "*send_file" "*FileResponse" "pathlib.Path")
  (#mentions? @args "0" request)
  (#set! rule "path-from-request"))
