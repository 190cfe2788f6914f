package otherwise

import (
	"github.com/mycarerecord/mcr/access"
)

// statement adds what can have been said otherwise of what is to be recorded.
func (s *scene) statement() {
	said := s.said()
	if said == nil {
		return
	}
	put := func(field string, toward toward, rank int, words string, fields map[string]any) {
		s.add(edit{place: "statement." + field, kind: "statement " + field, question: true, toward: toward, rank: rank, words: words, do: func(d document) {
			o := d.object("statement")
			for k, v := range fields {
				o[k] = v
			}
		}})
	}
	if said.text("user_id") == s.self && said.text("organisation") == s.own {
		put("user_id", closes, 51, "the statement named another professional", map[string]any{"user_id": "another-professional"})
	} else {
		put("user_id", opens, 48, "the statement named the professional and the organisation that asked", map[string]any{"user_id": s.self, "organisation": s.own})
	}
	if s.action == string(access.RecordPermission) || s.action == string(access.RecordRefusal) {
		put("how", opens, 47, "the statement said how the patient was asked, such as “"+plain(s.wayToAsk())+"”", map[string]any{"how": s.wayToAsk()})
		put("how", closes, 53, "the statement not said how the patient was asked", map[string]any{"how": ""})
	}
	if s.action == string(access.RecordPermission) || s.action == string(access.DeclareEmergency) {
		put("until", opens, 47, "the statement had an end soon after, such as five minutes later", map[string]any{"until": s.now + 5*minute})
		put("until", closes, 53, "the statement had no end", map[string]any{"until": never})
	}
	switch s.action {
	case string(access.Withdraw):
		for i, item := range s.doc.list("permissions") {
			e, _ := item.(map[string]any)
			if id := entry(e).text("id"); i < mostEntries && id != "" && id != said.text("permission") {
				put("permission", opens, 47, "the statement named permission "+id, map[string]any{"permission": id})
			}
		}
		put("permission", closes, 53, "the statement named a permission that is not on record", map[string]any{"permission": "no-such-permission"})
	case string(access.DeclareEmergency):
		if codes := s.emergencyReasons(); len(codes) > 0 {
			put("reason", opens, 47, "the statement given a listed reason, such as “"+plain(codes[0])+"”, and said it in words", map[string]any{"reason_code": codes[0], "reason_given": true})
		}
		put("reason", closes, 53, "the statement given no reason in words", map[string]any{"reason_given": false})
	}
}

func (s *scene) said() entry {
	v, _ := s.doc["statement"].(map[string]any)
	return v
}
