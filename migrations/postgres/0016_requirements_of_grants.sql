-- What is required of the holder of one grant is looked up wherever the grant is shown or decided.
CREATE INDEX requirements_by_account ON requirements (account_id, entitlement_id);
