package demo

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// standing gives the permissions that a professional recorded, that have not
// come to their end and that were not withdrawn, as far as the trail tells.
func standing(records []*audit.Record, user string, now time.Time) []string {
	var ids []string
	for _, rec := range records { // the oldest first
		if rec.UserID != user || rec.Outcome != audit.Released {
			continue
		}
		var input struct {
			Statement struct {
				Permission string `json:"permission"`
				Until      int64  `json:"until"`
			} `json:"statement"`
		}
		_ = json.Unmarshal(rec.Input, &input) // without it, nothing is known of the end: taken as standing
		switch rec.Action {
		case "record-permission":
			if until := input.Statement.Until; until == 0 || time.Unix(until, 0).After(now) {
				ids = append(ids, rec.Permission)
			}
		case "withdraw":
			ended := input.Statement.Permission // "": all of them
			ids = slices.DeleteFunc(ids, func(id string) bool { return ended == "" || id == ended })
		}
	}
	return ids
}
