-- A pack can hold several campaigns. packs.campaign_id stays the first of them.
CREATE TABLE pack_campaigns (
    pack_id BLOB NOT NULL REFERENCES packs (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    PRIMARY KEY (pack_id, campaign_id)
) STRICT;
INSERT INTO pack_campaigns (pack_id, campaign_id) SELECT id, campaign_id FROM packs;
CREATE INDEX pack_campaigns_by_campaign ON pack_campaigns (campaign_id, pack_id);
DROP INDEX packs_by_campaign;
