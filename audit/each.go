package audit

import "context"

// Each gives all records that a filter keeps, of everybody, the newest first, a thousand
// at a time.
func Each(ctx context.Context, trail Trail, f Filter, do func(*Record) error) error {
	for before, more := "", true; more; {
		found, err := trail.Search(ctx, Scope{Limit: 1000}, f, before)
		if err != nil {
			return err
		}
		for _, r := range found.Records {
			if err := do(r); err != nil {
				return err
			}
		}
		more, before = found.Older != "" && found.Older != before, found.Older
	}
	return nil
}
