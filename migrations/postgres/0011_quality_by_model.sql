-- Figures of quality are kept apart by the model that was asked: campaigns in which one was are counted anew.
DELETE FROM quality_counted WHERE campaign_id IN (SELECT campaign_id FROM recommendations WHERE model_sha256 IS NOT NULL);
