package clickhouse

import (
	"context"
	"errors"
	"fmt"
)

// probe is a table that is made to be looked at, by a user whom no row policy on it names:
// audit/clickhouse/users makes policies on that name for all others.
const probe = "row_policy_probe"

// OpenToUnlisted says whether a user whom no row policy names sees the rows of a table
// that has policies, by being that user: no table of the server tells what
// users_without_row_policies_can_read_rows is, nor is it all that matters. It is also true
// where there are no policies at all. The user of opt is the migrator, or one with its
// rights; a broken connection and a missing right are errors.
func OpenToUnlisted(ctx context.Context, opt Options) (open bool, err error) {
	s, err := Open(opt)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+probe+` (seen UInt8) ENGINE = Memory`); err != nil {
		return false, fmt.Errorf("probing row policies: %w", err)
	}
	defer func() {
		err = errors.Join(err, s.conn.Exec(context.WithoutCancel(ctx), `DROP TABLE IF EXISTS `+probe))
	}()
	if err := s.conn.Exec(ctx, `INSERT INTO `+probe+` VALUES (1)`); err != nil {
		return false, fmt.Errorf("probing row policies: %w", err)
	}
	var seen uint64
	if err := s.conn.QueryRow(ctx, `SELECT count() FROM `+probe).Scan(&seen); err != nil {
		return false, fmt.Errorf("probing row policies: %w", err)
	}
	return seen > 0, nil
}
