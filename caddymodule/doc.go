// Package caddymodule lets Caddy configure and run the broker. It decides
// nothing: it reads configuration, makes the parts that the brokers share, and
// hands each request to package broker.
//
// Six modules:
//
//   - the app "broker" (global option block "broker"): the parts that live long,
//     shared by every broker of the process and kept across reloads;
//   - the handler "http.handlers.broker" (directive "broker <source>"): the
//     broker in front of one source, which it asks itself;
//   - the handler "http.handlers.collector" (directive "collector"): one patient's
//     record from every source, POST <path>/Patient/$collect;
//   - the handler "http.handlers.console" (directive "console"): the web pages for
//     professionals, IG teams and auditors;
//   - the handler "http.handlers.broker_health" (directive "broker_health"):
//     /healthz and /readyz;
//   - the handler "http.handlers.broker_log" (directive "broker_log"): the Merkle logs
//     of the trail, for whoever wants to follow them.
package caddymodule
