"""Where the keys that verify tokens are from: secrets, public keys, key sets, an issuer, a load balancer."""
