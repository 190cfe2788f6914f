// Package postgres keeps a registry in PostgreSQL (15 and later), for brokers that share it.
//
//	err := postgres.Migrate(ctx, address, postgres.Options{Password: secret})  // mcr registry migrate, never a broker
//	store, err := postgres.Open(ctx, address, postgres.Options{Password: secret, Seen: "registry.seen"})
//	r := registry.New(store, registry.Options{})
//
// # What it guarantees
//
//   - History is never overwritten: the database refuses to update, delete or truncate entries and
//     changes, and refuses a version that is there or that leaves a gap.
//   - Every committed transaction is one row of registry.change, numbered without gaps in the order
//     of commit. Each broker follows these rows: it is notified (LISTEN), and asks every 200 ms
//     besides, so that a notification that is lost costs 200 ms. What was kept in memory of the
//     people concerned is forgotten then, and what ended with it has ended (Tell).
//   - A broker knows how lately it has heard: Current fails when that is longer ago than
//     Options.StaleAfter. Nothing is ever kept because it is young.
//   - What was seen is on the broker's disk (Options.Seen): a database that does not have it was
//     restored from a backup, or promoted with loss, and nothing is read from it until an operator
//     has looked (AcceptLoss). The same question goes with every read and every transaction, so
//     that a primary that was replaced, and does not know it, is not believed.
//   - Commit returns nil when the transaction is on the server's disk (and, where the server is
//     told so, on its replicas'). Where the connection was lost meanwhile, the server is asked
//     whether it is, once nothing can change that any more.
//   - A broker that finds an older or newer schema than its own refuses to work with it.
//   - Nothing comes from PostgreSQL's environment variables, password and service files: the
//     address and Options say everything. Beyond the machine itself only TLS with a verified name
//     is spoken.
//   - Errors, logs and metrics never carry an NHS number.
//
// # What it does not
//
// It cannot know of two primaries that both take writes before it has heard of the second: that is
// for who promotes to prevent (fencing). It does not encrypt: the database knows NHS numbers.
//
// A Store may be used by many goroutines at once.
package postgres
