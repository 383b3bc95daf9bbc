; Parameters and imports as only TypeScript writes them.

(required_parameter pattern: (identifier) @name (#set! via "unknown"))
(required_parameter pattern: (object_pattern (shorthand_property_identifier_pattern) @name) (#set! via "unknown"))
(optional_parameter pattern: (identifier) @name (#set! via "unknown"))
(import_statement (import_require_clause (identifier) @name source: (string) @module) (#set! via "import"))
