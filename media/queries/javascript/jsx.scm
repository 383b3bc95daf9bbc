; JSX, in the grammars that have it.

((jsx_attribute
  (property_identifier) @_attribute
  (jsx_expression (object (pair key: (property_identifier) @_key value: (_) @html)))) @here
  (#eq? @_attribute "dangerouslySetInnerHTML")
  (#eq? @_key "__html")
  (#dynamic? @html)
  (#set! rule "html-text"))
