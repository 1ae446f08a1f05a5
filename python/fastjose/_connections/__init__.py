"""The authentication of requests and WebSocket handshakes, in terms of no framework: their sender, or a refusal."""
