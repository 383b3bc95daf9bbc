; Each way a function can go adds one.

(function_definition name: (_) @name) @function
(lambda) @function

[(if_statement) (elif_clause) (conditional_expression) (for_statement) (while_statement) (except_clause) (case_clause)] @branch
[(boolean_operator) (for_in_clause) (if_clause)] @branch
