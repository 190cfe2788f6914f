// Package postgres starts PostgreSQL for tests: the one of Debian, in a folder of its own, on a
// free port of the loopback and a unix socket beside. Nothing of it outlives the test process,
// not even one that is killed.
//
//	server := postgres.Shared(t)             one for all tests of a package; ends with the process
//	address := server.Database(t, prepare)   a fresh database for one test, as prepare left the first one
//
//	server := postgres.Start(t)              one of its own, to be killed; ends with the test
//	replica := server.Replica(t)             streams from it; replica.Promote(t) makes it a primary
//	server.Kill(t), Stop(t), Freeze(t), Thaw(t), Start(t), Backup(t), Restore(t, backup)
//
//	link := postgres.NewLink(t, server.TCP())  a wire between a client and it: Cut, Silence, Mute, Strand, Mend
//
// The superuser postgres needs no password; everybody else does (SCRAM), over TCP. TLS is
// offered, with a certificate for 127.0.0.1 and localhost that the authority in CA has signed.
// Text is sorted as in British English, since a production database may be: what must be sorted
// by bytes has to say so. It does not wait for the disk (fsync is off) where no setting says
// otherwise: a killed process loses nothing by that.
//
// It is not an error but the end of the test when PostgreSQL is not there: a promise that was not
// tried is not kept. The script internal/servers/install installs it.
package postgres
