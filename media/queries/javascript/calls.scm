; Calls that turn text into code.

((call_expression function: (_) @callee arguments: (arguments)) @here
  (#names? @callee "eval" "execScript")
  (#set! rule "eval"))

((arguments (identifier) @callee) @here
  (#names? @callee "eval")
  (#set! rule "eval"))

([(new_expression constructor: (_) @callee arguments: (arguments) @args)
  (call_expression function: (_) @callee arguments: (arguments) @args)] @here
  (#names? @callee "Function" "AsyncFunction" "GeneratorFunction")
  (#given? @args "0")
  (#set! rule "new-function"))

([(call_expression function: (_) @callee arguments: (arguments))
  (new_expression constructor: (_) @callee arguments: (arguments))] @here
  (#names? @callee
    "vm.runIn*" "vm.compileFunction" "vm.Script" "vm.SourceTextModule"
    "runInContext" "runInNewContext" "runInThisContext")
  (#set! rule "vm"))

((call_expression function: (_) @callee arguments: (arguments) @args) @here
  (#names? @callee "setTimeout" "setInterval" "setImmediate")
  (#text? @args "0")
  (#set! rule "timer-text"))
