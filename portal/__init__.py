"""portal: what people see and do."""
