-- Fails where the models lack events that the tap has written.
select * from {{ ref('copernica__window_differences') }}
