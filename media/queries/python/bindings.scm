; What a name stands for; see the same file for JavaScript.

(import_statement name: (dotted_name . (identifier) @name @module . ) (#set! via "import"))
(import_statement name: (aliased_import name: (dotted_name) @module alias: (identifier) @name) (#set! via "import"))
(import_from_statement module_name: (_) @module name: (dotted_name (identifier) @name @member) (#set! via "import"))
(import_from_statement
  module_name: (_) @module
  name: (aliased_import name: (dotted_name) @member alias: (identifier) @name)
  (#set! via "import"))

(assignment left: [(identifier) (attribute)] @name right: (_) @value (#set! via "value"))
(augmented_assignment left: [(identifier) (attribute)] @name right: (_) @value (#set! via "added"))
(named_expression name: (identifier) @name value: (_) @value (#set! via "value"))
(with_item value: (as_pattern (_) @value alias: (as_pattern_target (identifier) @name)) (#set! via "value"))

(pattern_list (identifier) @name (#set! via "unknown"))
(tuple_pattern (identifier) @name (#set! via "unknown"))
(for_statement left: (identifier) @name (#set! via "unknown"))
(for_in_clause left: (identifier) @name (#set! via "unknown"))
(except_clause (as_pattern alias: (as_pattern_target (identifier) @name)) (#set! via "unknown"))
(function_definition name: (identifier) @name (#set! via "unknown"))
(parameters (identifier) @name (#set! via "unknown"))
(lambda_parameters (identifier) @name (#set! via "unknown"))
(default_parameter name: (identifier) @name (#set! via "unknown"))
(typed_parameter (identifier) @name (#set! via "unknown"))
(typed_default_parameter name: (identifier) @name (#set! via "unknown"))
(list_splat_pattern (identifier) @name (#set! via "unknown"))
(dictionary_splat_pattern (identifier) @name (#set! via "unknown"))
