{#
  Written by `make docs` from the tap's schemas: what of each stream identifies a person (blank), may do so in
  a query (cut), and leads to one (links).
#}
{% macro personal_columns() %}
{{ return({
    'abuses': {'blank': ['report'], 'links': ['destination', 'profile', 'subprofile']},
    'clicks': {'blank': ['ip', 'useragent'], 'cut': ['link'], 'links': ['destination', 'profile', 'subprofile']},
    'deliveries': {'links': ['destination', 'profile', 'subprofile']},
    'destinations': {'links': ['messageID', 'profile', 'subprofile']},
    'errors': {'blank': ['description'], 'links': ['destination', 'profile', 'subprofile']},
    'impressions': {'blank': ['ip', 'useragent'], 'links': ['destination', 'profile', 'subprofile']},
    'log_cdm_abuse': {'blank': ['mail', 'email'], 'links': ['profile', 'subprofile']},
    'log_cdm_attempts': {'blank': ['email'], 'links': ['profileid', 'subprofileid']},
    'log_cdm_click': {'blank': ['ip', 'header', 'email', 'city'], 'links': ['profile', 'subprofile']},
    'log_cdm_delivery': {'blank': ['email'], 'links': ['profile', 'subprofile']},
    'log_cdm_error': {'blank': ['description', 'email'], 'links': ['profile', 'subprofile']},
    'log_cdm_impression': {'blank': ['ip', 'header', 'email', 'city'], 'links': ['profile', 'subprofile']},
    'log_cdm_retry': {'blank': ['email'], 'links': ['profile', 'subprofile']},
    'log_cdm_unsubscribe': {'blank': ['email'], 'links': ['profile', 'subprofile']},
    'log_pom_abuses': {'blank': ['mail', 'email'], 'links': ['profile', 'subprofile']},
    'log_pom_attempts': {'blank': ['email'], 'links': ['profileid', 'subprofileid']},
    'log_pom_clicks': {'blank': ['ip', 'header', 'email', 'city'], 'links': ['profile', 'subprofile']},
    'log_pom_clicks_old': {'blank': ['ip', 'header', 'email', 'city'], 'links': ['profile', 'subprofile']},
    'log_pom_deliveries': {'blank': ['email'], 'links': ['profile', 'subprofile']},
    'log_pom_errors': {'blank': ['description', 'content', 'email'], 'links': ['profile', 'subprofile']},
    'log_pom_impressions': {'blank': ['ip', 'header', 'email', 'city'], 'links': ['profile', 'subprofile']},
    'log_pom_retries': {'blank': ['email'], 'links': ['profile', 'subprofile']},
    'log_pom_unsubscribes': {'blank': ['email'], 'links': ['profile', 'subprofile']},
    'publisher_abuses': {'blank': ['details'], 'links': ['destination', 'profile', 'subprofile']},
    'publisher_clicks': {'blank': ['ip', 'useragent'], 'cut': ['link', 'referer'], 'links': ['destination', 'profile', 'subprofile']},
    'publisher_deliveries': {'blank': ['smtp_response'], 'links': ['destination', 'profile', 'subprofile']},
    'publisher_destinations': {'links': ['internal', 'profile', 'subprofile']},
    'publisher_errors': {'blank': ['description'], 'links': ['destination', 'profile', 'subprofile']},
    'publisher_impressions': {'blank': ['ip', 'useragent'], 'cut': ['referer'], 'links': ['destination', 'profile', 'subprofile']},
    'publisher_unsubscribes': {'links': ['destination', 'profile', 'subprofile']},
    'unsubscribes': {'links': ['destination']},
}) }}
{% endmacro %}
