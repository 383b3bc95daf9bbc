; Parameters, which TypeScript wraps.

(formal_parameters (identifier) @name (#set! via "unknown"))
(formal_parameters (object_pattern (shorthand_property_identifier_pattern) @name) (#set! via "unknown"))
(formal_parameters (assignment_pattern left: (identifier) @name) (#set! via "unknown"))
