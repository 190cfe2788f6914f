// Package caddymodule lets Caddy configure and run the broker. It decides
// nothing: it reads configuration, makes the parts that the brokers share, and
// hands each request to package broker.
//
// Three modules:
//
//   - the app "broker" (global option block "broker"): the parts that live long,
//     shared by every broker of the process and kept across reloads;
//   - the handler "http.handlers.broker" (directive "broker <source>"), to stand
//     before reverse_proxy: the broker in front of one source;
//   - the handler "http.handlers.broker_health" (directive "broker_health"):
//     /healthz and /readyz.
package caddymodule
