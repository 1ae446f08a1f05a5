"""The harness of the fault tests: tokens that are verified around each fault, faulty servers, a table of counters."""
