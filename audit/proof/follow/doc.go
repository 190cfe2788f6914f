// Package follow keeps the Merkle logs of a broker's records up to date: it reads the
// records from the spool, in order, puts their entries into the broker's log and into that
// of the organisation whose records were asked for, signs checkpoints, has them
// cosigned by witnesses, and serves all of it (c2sp.org/tlog-tiles).
//
//	spool ──► Follower ──► proof/<chain>/all, proof/<chain>/org-<ODS>      (audit/proof/merkle)
//	              │
//	              ├──► log.signed: what was signed, of all logs at once, durable first
//	              └──► witnesses ──► checkpoint: published when the policy's quorum has cosigned
//
// What it guarantees:
//
//   - Of no log are there two signed checkpoints of one size with different roots. What is
//     signed is durable in log.signed before it leaves the process; after a crash, or
//     when the logs' files are lost, the logs are made again from the spool and the
//     store, and if they do not come out as they were signed nothing is signed any
//     more (ErrForked).
//   - A checkpoint is of leaves that are durable.
//   - It stops no request. What is wrong is told by Red and in metrics.
//
// What it does not: it cannot see that log.signed and all else were put back together to an
// earlier day. Witnesses see it (witness.ErrContradiction).
//
// The names of organisations stand in addresses that anybody may read; nothing else of a
// record does. A Follower may be used by many goroutines at once.
package follow
