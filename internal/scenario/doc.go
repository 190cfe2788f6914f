// Package scenario runs one-file stories through a whole broker: package broker
// on plain net/http, the real token verifier, a registry in a file, the real
// decision engine with the policies of this repository, the real journal over a
// spool in a folder, and, behind a reverse proxy, a source that answers what the
// story says. Nothing of the broker is replaced by a double but the source.
//
// A story is a file testdata/<name>.txtar. Its comment tells it in plain
// English; its files are:
//
//	registry.ndjson        what the registry imports first (docs/registry-import.md), one resource a line
//	policies/<path>        laid over the policies: a JSON object is merged (RFC 7396), anything else replaces the file
//	source/<target>        every source's answer to GET <target>, without escapes: "Observation?_count=50&patient=ann";
//	                       ann and bob are known to it as Patient/ann and Patient/bob unless the story says otherwise
//	source/<target>.entries  the same, as resources, one a line, made into a searchset
//	source/<target>.status   status, and headers, of that answer (default 200, application/fhir+json)
//	broker.json            {"walking_most": 3, "walking_minutes": 10}: stop who walks from patient to patient;
//	                       {"directory_most": 3}: and who walks through the directory
//	                       "smart" and "origins": the options of package broker
//
// and for each request N, from 1 on:
//
//	N.later                how much time passes before it: "90s", "36h"
//	N.registry             more for the registry to import before it
//	N.who                  who asks: a name of the cast, and claims to lay over theirs as JSON; "nobody" has no
//	                       token. Default: who asked before
//	N.request              "GET /gp-riverside/fhir/Observation?patient=ann", headers, empty line, body
//	N.each                 instead: request lines, each made by itself, all with the same answer and record
//	N.response             the answer, see below
//	N.record               JSON: what the one audit record of the request must hold, at least
//	N.within               optional: JSON, a list of what the records of the requests within it must hold, in order
//	N.asked                optional: everything that the source was asked for, a line each; empty: nothing
//
// An N.response begins with the status. Then come lines of these kinds, an empty
// line, and the JSON that the body must hold at least (in objects; arrays whole):
//
//	reason: opted-out             the body is an OperationOutcome with this reason code
//	says: 01632 960001            the answer holds this text (as often as you like)
//	never: ann                    neither the answer nor its headers hold this text
//	entries: Observation/o1       the entries of the searchset, in order; OperationOutcome for the one
//	                              that says that something is withheld; none for no entry
//	shows: CANARY-1               the canaries that are released, see below; none need not be written
//	body: whole                   the body is the JSON below and nothing else
//	Cache-Control: no-store       a header; "-" for one that must not be there
//
// In expected JSON "*" stands for any text that is not empty, and null for
// nothing there.
//
// Texts may hold words in double braces, which words.go lists: {{now-3d}},
// {{patient ann}}, {{organisation st-marys}}, {{token}}, {{1.body.id}} …
//
// Besides what it says, every story is held to this: each request leaves exactly
// one record, whose id is the answer's X-Record-Id and whose status is the
// answer's; no answer may be stored by a cache; a text CANARY-… of the source
// leaves only where the story shows it; no record holds a canary, a token or an
// NHS number; no refusal holds an NHS number; and each decision, made again from
// its record, comes out the same: effect, reasons, rules, basis and release plan.
package scenario
