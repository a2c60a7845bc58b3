"""What the query reports share: filters, figures in SQL, columns and drill-down. `procedure.review` says what is right."""
