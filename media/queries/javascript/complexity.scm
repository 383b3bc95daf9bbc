; Each way a function can go adds one. A name, where there is one beside the function.

[(function_declaration name: (_) @name) (generator_function_declaration name: (_) @name) (method_definition name: (_) @name)] @function
[(function_expression) (generator_function) (arrow_function)] @function
(variable_declarator name: (_) @name value: [(function_expression) (generator_function) (arrow_function)] @function)
(assignment_expression left: (_) @name right: [(function_expression) (generator_function) (arrow_function)] @function)
(pair key: (_) @name value: [(function_expression) (generator_function) (arrow_function)] @function)

[(if_statement) (ternary_expression) (for_statement) (for_in_statement) (while_statement) (do_statement) (switch_case)] @branch
(binary_expression operator: ["&&" "||" "??"]) @branch
(augmented_assignment_expression operator: ["&&=" "||=" "??="]) @branch
