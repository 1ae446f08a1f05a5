"""`fastjose doctor`: find the mistakes in the configuration of an application."""
