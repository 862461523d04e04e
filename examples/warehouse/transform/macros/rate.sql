{# A share between two counts; null, not 0, where there is nothing to divide by, so that averages stay right. #}
{% macro rate(part, whole) -%}
{{ part }} / nullif({{ whole }}, 0)
{%- endmacro %}
