"""The OpenAPI document: what every route takes and answers, drawn from the model cards."""
