; What a name stands for. `via`: a module or one of its members (import), an expression (value), an expression that is joined to what
; was there before (added), or something nobody can tell from here (unknown).

(import_statement (import_clause (identifier) @name) source: (string) @module (#set! via "import"))
(import_statement (import_clause (namespace_import (identifier) @name)) source: (string) @module (#set! via "import"))
(import_statement
  (import_clause (named_imports (import_specifier name: (identifier) @name @member !alias)))
  source: (string) @module
  (#set! via "import"))
(import_statement
  (import_clause (named_imports (import_specifier name: (_) @member alias: (identifier) @name)))
  source: (string) @module
  (#set! via "import"))

(variable_declarator name: (identifier) @name value: (_) @value (#set! via "value"))
(variable_declarator name: (identifier) @name !value (#set! via "unknown"))
(assignment_expression left: [(identifier) (member_expression)] @name right: (_) @value (#set! via "value"))
(augmented_assignment_expression left: [(identifier) (member_expression)] @name right: (_) @value (#set! via "added"))

(variable_declarator
  name: (object_pattern [(shorthand_property_identifier_pattern) (object_assignment_pattern left: (_))] @name @member)
  value: (_) @value
  (#set! via "value"))
(variable_declarator
  name: (object_pattern (pair_pattern key: (property_identifier) @member value: (identifier) @name))
  value: (_) @value
  (#set! via "value"))
(assignment_expression
  left: (object_pattern (shorthand_property_identifier_pattern) @name @member)
  right: (_) @value
  (#set! via "value"))
(array_pattern (identifier) @name (#set! via "unknown"))
(object_pattern (pair_pattern value: (object_pattern (shorthand_property_identifier_pattern) @name)) (#set! via "unknown"))

(arrow_function parameter: (identifier) @name (#set! via "unknown"))
(rest_pattern (identifier) @name (#set! via "unknown"))
(for_in_statement left: (identifier) @name (#set! via "unknown"))
(catch_clause parameter: (identifier) @name (#set! via "unknown"))
(function_declaration name: (identifier) @name (#set! via "unknown"))
