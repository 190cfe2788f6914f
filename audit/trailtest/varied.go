package trailtest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// Varied is the traffic of a region's day as its trail sees it, for measuring what
// records cost where they are kept. Each record is as long and as full as one of the demo
// region's (2.3 to 2.8 KB with its question and facts), and no more like the next one than
// in life: 1,500 professionals of 40 organisations, each by a token of its own for each
// visit, some 30,000 patients of whom few come often, visits of one to six requests under
// one trace id, 0 to 50 resources in an answer, and whatever is random in life is random
// here: ids (UUID), trace and token ids, HMACs, ciphertexts, salts, keys of facts. 115
// records a second, which is 10 million a day.
//
// The same seed gives the same records. A Varied is for one goroutine.
type Varied struct {
	broker string
	rnd    *rand.Rand
	bytes  *rand.ChaCha8
	now    time.Time
	staff  []professional
	orgs   []organisation
	left   int // requests of the visit under way
	visit  visit
	policy [2]string

	patients int
}

type organisation struct{ ods, name, source, kind, telephone string }

type professional struct {
	id, name, role, roleName, client, agent string
	org                                     int
}

// visit is what one person asks about one patient, at once.
type visit struct {
	who                            professional
	token, trace, hmac, shown, ip  string
	patient                        uint64
	registration, relation, permit string
	facts                          map[string]any
	outcome                        int
}

// NewVaried begins a day of one broker.
func NewVaried(broker string, seed uint64) *Varied {
	var key [32]byte
	copy(key[:], fmt.Sprintf("%s %d", broker, seed))
	v := &Varied{broker: broker, bytes: rand.NewChaCha8(key), now: begin, patients: 30_000}
	v.rnd = rand.New(v.bytes)
	v.policy = [2]string{"2026-03-" + v.hex(3), v.hex(32)}
	kinds := []string{"gp", "gp", "gp", "gp", "acute", "community", "mental-health", "council"}
	for i := range 40 {
		kind := kinds[i%len(kinds)]
		town := towns[v.rnd.IntN(len(towns))]
		v.orgs = append(v.orgs, organisation{
			ods: fmt.Sprintf("%c%05d", "ABFGR"[i%5], v.rnd.IntN(1e5)), name: town + " " + kindNames[kind], kind: kind,
			source: fmt.Sprintf("%s-%s-%d", kind, town, i), telephone: fmt.Sprintf("01632 96%04d", v.rnd.IntN(1e4)),
		})
	}
	for i := range 1500 {
		role := roles[v.rnd.IntN(len(roles))]
		v.staff = append(v.staff, professional{
			id: fmt.Sprintf("5550%08d", v.rnd.IntN(1e8)), org: v.rnd.IntN(len(v.orgs)), role: role[0], roleName: role[1],
			name:   fmt.Sprintf("%s %s", forenames[v.rnd.IntN(len(forenames))], surnames[v.rnd.IntN(len(surnames))]),
			client: clients[i%len(clients)], agent: fmt.Sprintf("%s/%d.%d.%d", clients[i%len(clients)], 3+i%7, v.rnd.IntN(20), v.rnd.IntN(400)),
		})
	}
	return v
}

// Among makes the visits be to one of so many patients, of 30,000 otherwise.
func (v *Varied) Among(patients int) *Varied {
	v.patients = patients
	return v
}

// Take gives the next n records.
func (v *Varied) Take(n int) []*audit.Record {
	records := make([]*audit.Record, n)
	for i := range records {
		records[i] = v.Next()
	}
	return records
}

// Next gives the next record. What the journal sets (schema, broker, salt) is set here too.
func (v *Varied) Next() *audit.Record {
	if v.left == 0 {
		v.begin()
	}
	v.left--
	v.now = v.now.Add(time.Duration(v.rnd.ExpFloat64() * float64(time.Second) / 115))
	w := &v.visit
	at := v.orgs[v.rnd.IntN(len(v.orgs))]
	if w.outcome == ownRecord {
		at = v.orgs[w.who.org]
	}
	kind := resources[v.rnd.IntN(len(resources))]
	query := kind.name + "?_count=" + []string{"20", "50", "50", "50", "100"}[v.rnd.IntN(5)]
	if v.rnd.IntN(3) == 0 {
		query += fmt.Sprintf("&date=ge%d-%02d-%02d", 2005+v.rnd.IntN(21), 1+v.rnd.IntN(12), 1+v.rnd.IntN(28))
	}
	home := v.orgs[w.who.org]
	took := time.Duration(800+v.rnd.ExpFloat64()*60_000) * time.Microsecond
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: v.uuid7(), Broker: v.broker, Salt: v.base64(16),
		TimeIn: v.now.Add(time.Duration(v.rnd.IntN(1000))), TraceID: w.trace,
		Outcome: audit.Released, Status: 200, Effect: "permit", Reasons: []string{"permission-to-view"}, Rules: []string{"permission", "relationship"},
		Revision: v.policy[0], Digest: v.policy[1],
		UserID: w.who.id, UserName: w.who.name, RoleCode: w.who.role, RoleName: w.who.roleName, UserOrg: home.ods, UserOrgName: home.name,
		Client: w.who.client, TokenID: w.token, Issuer: "https://am.region.example/oauth2/realms/healthcare", Assurance: "AAL3", Purpose: "direct-care",
		ClientIP: w.ip, UserAgent: w.who.agent, PatientHMAC: w.hmac, PatientShown: w.shown,
		Source: at.source, SourceOrg: at.ods, Action: "view", Interaction: "search-type", ResourceType: kind.name, Query: query,
		Permission: w.permit, Relationship: w.relation,
		Spent: audit.Spent{Parse: v.spent(25), Token: v.spent(60), Gather: v.spent(900), Decide: v.spent(90), Fetch: int64(took / 1000), Filter: v.spent(400)},
	}
	r.TimeOut = r.TimeIn.Add(took)
	r.Input = v.input(r, kind, at)
	v.end(r, kind)
	return r
}

// How visits go.
const (
	ownRecord = iota
	byPermission
	byRoutine
	isRefused
	hasFailed
	isAnAct
)

// begin begins a visit.
func (v *Varied) begin() {
	v.left = 1 + v.rnd.IntN(6)
	// A patient is the rarer the higher its number.
	patient := uint64(float64(v.patients) * v.rnd.Float64() * v.rnd.Float64())
	seeded := rand.New(rand.NewPCG(patient, 1)) // what is one patient's stays so
	hmac, shown := make([]byte, 32), make([]byte, 38)
	for i := range shown {
		shown[i] = byte(seeded.Uint32())
	}
	for i := range hmac {
		hmac[i] = byte(seeded.Uint32())
	}
	w := visit{
		who: v.staff[v.rnd.IntN(len(v.staff))], token: v.uuid(), trace: v.hex(16), patient: patient, hmac: hex.EncodeToString(hmac), shown: "enc1:" + base64.RawURLEncoding.EncodeToString(shown),
		ip: fmt.Sprintf("10.%d.%d.%d", v.rnd.IntN(40), v.rnd.IntN(256), v.rnd.IntN(256)),
	}
	uuid := func() string {
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", seeded.Uint32(), seeded.Uint32()&0xffff, seeded.Uint32()&0xfff, seeded.Uint32()&0xfff, seeded.Uint64()&(1<<48-1))
	}
	switch n := v.rnd.IntN(100); {
	case n < 35:
		w.outcome = ownRecord
	case n < 65:
		w.outcome, w.permit = byPermission, v.uuid()
	case n < 75:
		w.outcome = byRoutine
	case n < 92:
		w.outcome = isRefused
	case n < 96:
		w.outcome = hasFailed
	default:
		w.outcome, v.left = isAnAct, 1
	}
	practice := v.orgs[int(patient)%5*8] // one of the GP practices
	w.registration = "PDS|Patient/" + uuid() + "#registration"
	known := func(value any) map[string]any { return map[string]any{"state": "known", "value": value} }
	absent := map[string]any{"state": "absent"}
	var relations []any
	for i := range seeded.IntN(3) {
		id := []string{"PAS|EpisodeOfCare/", "PAS|ServiceRequest/"}[i%2] + uuid()
		w.relation = id
		from := 1_700_000_000 + int64(seeded.IntN(72_000_000))
		relations = append(relations, map[string]any{
			"ended": seeded.IntN(3) == 0, "from": from, "id": id, "kind": []string{"episode", "referral"}[i%2],
			"organisation": v.orgs[seeded.IntN(len(v.orgs))].ods, "until": from + int64(seeded.IntN(40_000_000)),
		})
	}
	w.facts = map[string]any{
		"emergencies": absent, "identity": known(map[string]any{"superseded": 0}), "national_opt_out": absent, "opt_out": absent,
		"permissions": absent, "relationships": absent, "restriction": absent, "subject_is_patient": absent, "test_orders": absent,
		"registration": known(map[string]any{
			"from": int64(seeded.IntN(1_700_000_000)), "id": w.registration, "name": practice.name, "organisation": practice.ods,
			"telephone": practice.telephone, "until": int64(253402300799),
		}),
	}
	if len(relations) > 0 {
		w.facts["relationships"] = known(relations)
	}
	if w.permit != "" {
		w.facts["permissions"] = known([]any{map[string]any{
			"id": w.permit, "organisation": v.orgs[w.who.org].ods, "user_id": w.who.id, "withdrawn": false,
			"from": v.now.Unix() - int64(v.rnd.IntN(80_000)), "until": v.now.Unix() + int64(v.rnd.IntN(80_000)),
		}})
	}
	if seeded.IntN(12) == 0 {
		w.facts["national_opt_out"] = known(true)
	}
	if seeded.IntN(15) == 0 {
		w.facts["opt_out"] = known(map[string]any{"from": int64(seeded.IntN(1_700_000_000)), "id": "SCR|Consent/" + uuid(), "until": int64(253402300799)})
	}
	v.visit = w
}

// end says how the request ended.
func (v *Varied) end(r *audit.Record, kind resource) {
	switch v.visit.outcome {
	case ownRecord:
		r.Reasons, r.Rules, r.Permission, r.Relationship = []string{"own-record"}, []string{"own_record"}, "", ""
	case byRoutine:
		r.Reasons, r.Rules, r.Permission = []string{"routine-gp-access"}, []string{"routine_gp"}, ""
	case isRefused:
		r.Outcome, r.Effect, r.Status = audit.Refused, "deny", 403
		r.Reasons = refusals[v.rnd.IntN(len(refusals))]
		r.Rules, r.Relationship, r.BytesReleased = []string{"permission", "relationship"}, "", 400+int64(v.rnd.IntN(300))
		return
	case hasFailed:
		r.Outcome, r.Status = audit.Failed, []int{502, 504}[v.rnd.IntN(2)]
		r.Reasons, r.BytesReleased = []string{"source-unavailable"}, 380
		return
	case isAnAct:
		r.Action, r.Interaction, r.ResourceType, r.Query, r.Status = "record-permission", "create", "Consent", "Consent", 201
		r.Reasons, r.Rules, r.Permission = []string{"permission-recorded"}, nil, v.uuid()
		return
	}
	n := min(int(v.rnd.ExpFloat64()*5), 50)
	r.SourceStatus, r.BytesReceived = 200, int64(180+n*(900+v.rnd.IntN(600)))
	r.BytesReleased = r.BytesReceived - int64(v.rnd.IntN(150))
	if n == 0 {
		return
	}
	// A patient's resources are the same the next time that somebody asks.
	own := rand.New(rand.NewPCG(v.visit.patient, uint64(len(r.Source))<<32|uint64(r.Source[len(r.Source)-1])<<8|uint64(len(kind.name))))
	for range n {
		r.Resources = append(r.Resources, fmt.Sprintf("%s/%016x%016x/_history/%d", kind.name, own.Uint64(), own.Uint64(), 1+own.IntN(4)))
	}
	r.Types, r.Categories = map[string]int{kind.name: n}, map[string]int{}
	for range n {
		r.Categories[kind.categories[v.rnd.IntN(len(kind.categories))]]++
	}
	if v.rnd.IntN(6) == 0 {
		r.Withheld = map[string]int{[]string{"label-withheld", "category-not-routine", "not-understood"}[v.rnd.IntN(3)]: 1 + v.rnd.IntN(5)}
	}
}

// input is the question and the facts, as the policies saw them.
func (v *Varied) input(r *audit.Record, kind resource, at organisation) json.RawMessage {
	text, err := json.Marshal(map[string]any{
		"facts": v.visit.facts, "patient": map[string]any{"known": true},
		"request": map[string]any{
			"action": "view", "categories": kind.categories, "interaction": "search-type", "purpose": "direct-care", "type": kind.name,
		},
		"source":  map[string]any{"id": at.source, "kind": at.kind, "organisation": at.ods},
		"subject": map[string]any{"assurance": "AAL3", "organisation": r.UserOrg, "role": r.RoleCode, "user_id": r.UserID},
		"time":    r.TimeIn.Unix(),
	})
	if err != nil {
		panic(err) // of plain values
	}
	return text
}

func (v *Varied) spent(mean float64) int64 { return int64(v.rnd.ExpFloat64() * mean) }

func (v *Varied) random(n int) []byte {
	b := make([]byte, n)
	_, _ = v.bytes.Read(b) // never fails
	return b
}

func (v *Varied) hex(n int) string    { return hex.EncodeToString(v.random(n)) }
func (v *Varied) base64(n int) string { return base64.RawURLEncoding.EncodeToString(v.random(n)) }

// uuid is one of version 4 (RFC 9562).
func (v *Varied) uuid() string {
	b := v.random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// uuid7 is one of version 7: milliseconds, then 74 random bits.
func (v *Varied) uuid7() string {
	b := v.random(16)
	for i := range 6 {
		b[i] = byte(v.now.UnixMilli() >> (8 * (5 - i)))
	}
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
