"""The ways to run imagend that the clients' tests are run against: one box, several gateways, a Ray cluster."""
