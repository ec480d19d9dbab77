"""Makes and measures what Storify ships. The only home of torch; nothing else imports it."""
