; Calls that turn text or bytes into code.

((call function: (_) @callee) @here
  (#names? @callee "eval")
  (#set! rule "eval"))

((call function: (_) @callee) @here
  (#names? @callee "exec" "execfile")
  (#set! rule "exec"))

((exec_statement) @here (#set! rule "exec"))

((argument_list (identifier) @callee) @here
  (#names? @callee "eval" "exec")
  (#set! rule "eval"))

((call function: (_) @callee) @here
  (#names? @callee
    "pickle.load" "pickle.loads" "pickle.Unpickler" "cPickle.load" "cPickle.loads" "cPickle.Unpickler" "_pickle.load*"
    "dill.load" "dill.loads" "dill.Unpickler" "cloudpickle.load" "cloudpickle.loads" "marshal.load" "marshal.loads"
    "shelve.open" "jsonpickle.decode" "jsonpickle.loads" "joblib.load" "pandas.read_pickle" "pd.read_pickle")
  (#set! rule "unpickle"))

((call function: (_) @callee arguments: (argument_list) @args) @here
  (#names? @callee "yaml.load" "yaml.load_all" "ruamel.yaml.load")
  (#not-mentions? @args "" safe-loader)
  (#set! rule "yaml-load"))

((call function: (_) @callee) @here
  (#names? @callee "yaml.unsafe_load" "yaml.unsafe_load_all")
  (#set! rule "yaml-load"))
