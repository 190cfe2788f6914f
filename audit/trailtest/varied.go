package trailtest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// Varied makes n records as a region's traffic leaves them, the same for the same
// broker, for measuring what a record costs: 60 sources, 1,000 professionals, 3,000
// patients, some 50 visits at any time whose requests come mixed. What is random in
// life is random here (ids, salts, trace and token ids, HMACs, protected numbers, the
// sources' own ids, times); question and facts are as the demo region's records have
// them, of which it is somewhat longer: 2.7 KB a record.
func Varied(broker string, n int) []*audit.Record {
	g := &varied{rnd: rand.New(rand.NewPCG(uint64(len(broker)), 11)), broker: broker, at: begin}
	for range 60 {
		kind := g.pick("gp", "gp", "gp", "acute", "community", "mental-health", "council", "ambulance")
		g.sources = append(g.sources, party{id: kind + "-" + g.word(9), kind: kind, org: strings.ToUpper(g.word(2)) + g.digits(4), name: g.name() + " " + g.pick("Surgery", "NHS Foundation Trust", "Medical Centre", "Council")})
	}
	for range 1000 {
		works := g.sources[g.rnd.IntN(len(g.sources))]
		role := g.rnd.IntN(len(roles))
		g.users = append(g.users, party{id: "555" + g.digits(9), name: "Dr " + g.name() + " " + g.name(), kind: roles[role][0], role: roles[role][1], org: works.org, at: works.name})
	}
	for i := range 3000 {
		g.patients = append(g.patients, party{id: fmt.Sprintf("person-%06d", i), name: g.hex(32), role: "enc1:" + g.base64(38), org: g.digits(6)})
	}
	for range 50 {
		g.visits = append(g.visits, g.visit())
	}
	records := make([]*audit.Record, n)
	for i := range records {
		records[i] = g.record()
	}
	return records
}

var roles = [][2]string{{"R0260", "General Medical Practitioner"}, {"R0050", "Consultant"}, {"R8001", "Nurse Access Role"},
	{"R8000", "Clinical Practitioner Access Role"}, {"R8003", "Health Professional Access Role"}, {"R8014", "Social Worker Access Role"}}

// What can be asked for, and the category that it is of.
var askedFor = [][2]string{{"Condition", "conditions"}, {"MedicationRequest", "medications"}, {"Observation", "laboratory"}, {"Appointment", "appointments"},
	{"AllergyIntolerance", "allergies"}, {"DocumentReference", "documents"}, {"Encounter", "encounters"}, {"Immunization", "immunisations"}}

// party is an organisation's source, a professional, or a patient (name: the HMAC;
// role: the protected number).
type party struct{ id, kind, name, role, org, at string }

type visit struct {
	user, practice, patient party
	token, trace, agent, ip string
	relationship, facts     string // id and entry; "" and absent
	permission, permissions string
	near                    []party // the sources that are asked
	left                    int
}

type varied struct {
	rnd                      *rand.Rand
	broker                   string
	at                       time.Time
	sources, users, patients []party
	visits                   []visit
}

// visit is one person about one patient, for whose record some sources near by are asked.
func (g *varied) visit() visit {
	of := g.rnd.IntN(len(g.users))
	v := visit{user: g.users[of], practice: g.sources[g.rnd.IntN(len(g.sources))], patient: g.patients[g.rnd.IntN(len(g.patients))],
		token: g.hex(16), trace: g.hex(16), agent: g.pick("mcr-collect", "EMIS-Web/9.21.4", "SystmOne/7.1", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/143.0.0.0"),
		ip: fmt.Sprintf("10.%d.%d.%d", g.rnd.IntN(4), g.rnd.IntN(256), g.rnd.IntN(256)), left: 1 + g.rnd.IntN(20), facts: `{"state":"absent"}`, permissions: `{"state":"absent"}`}
	for range 5 {
		v.near = append(v.near, g.sources[(of+g.rnd.IntN(6))%len(g.sources)])
	}
	if g.rnd.IntN(5) > 0 {
		v.relationship = g.broker + "|EpisodeOfCare/" + g.uuid()
		v.facts = fmt.Sprintf(`{"state":"known","value":[{"ended":false,"from":%d,"id":%q,"kind":%q,"organisation":%q,"until":253402300799}]}`,
			g.at.Unix()-g.rnd.Int64N(1e8), v.relationship, g.pick("episode", "admission", "referral"), v.user.org)
	}
	if v.relationship != "" && g.rnd.IntN(5) > 0 {
		v.permission = g.uuid()
		v.permissions = fmt.Sprintf(`{"state":"known","value":[{"from":%d,"given":true,"how":"in-person","id":%q,"organisation":%q,"recorded_ms":%d,"sensitive":false,"sources":[],"until":%d,"user_id":%q,"withdrawn":false}]}`,
			g.at.Unix(), v.permission, v.user.org, g.at.UnixMilli(), g.at.Unix()+3600, v.user.id)
	}
	return v
}

func (g *varied) record() *audit.Record {
	g.at = g.at.Add(time.Duration(g.rnd.IntN(20_000_000)))
	no := g.rnd.IntN(len(g.visits))
	v := &g.visits[no]
	if v.left--; v.left < 0 {
		*v = g.visit()
	}
	source, what := v.near[g.rnd.IntN(len(v.near))], askedFor[g.rnd.IntN(len(askedFor))]
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: g.uuid(), Broker: g.broker, TimeIn: g.at, TimeOut: g.at.Add(time.Duration(g.rnd.IntN(9_000_000))),
		TraceID: v.trace, Salt: g.base64(16), Revision: "2026-03-01", Digest: strings.Repeat("0b877e588c970b2f", 4),
		UserID: v.user.id, UserName: v.user.name, RoleCode: v.user.kind, RoleName: v.user.role, UserOrg: v.user.org, UserOrgName: v.user.at,
		Client: "care-identity", TokenID: v.token, Issuer: "https://am.example.nhs.uk/openam/oauth2/realms/root", Assurance: "AAL3", Purpose: "direct-care",
		ClientIP: v.ip, UserAgent: v.agent, PatientHMAC: v.patient.name, PatientShown: v.patient.role,
		Source: source.id, SourceOrg: source.org, Action: "view", Interaction: "search-type", ResourceType: what[0], Query: what[0] + g.pick("?_count=50", "?_count=10", "?_count=50&_sort=-date"),
		Spent: audit.Spent{Parse: g.rnd.Int64N(50), Token: g.rnd.Int64N(300), Gather: g.rnd.Int64N(900), Decide: g.rnd.Int64N(200), Fetch: g.rnd.Int64N(90_000), Filter: g.rnd.Int64N(900)},
	}
	r.Relationship = v.relationship
	switch chance := g.rnd.IntN(20); {
	case chance < 1 || v.permission == "":
		r.Outcome, r.Status, r.Effect, r.BytesReleased = audit.Refused, 403, "deny", 400+g.rnd.Int64N(20)
		r.Reasons, r.Rules = []string{g.pick("opted-out", "permission-needed", "no-active-care-relationship")}, []string{"permission", "relationship"}
	case chance < 2:
		r.Outcome, r.Status, r.Effect, r.Reasons = audit.Failed, 502, "permit", []string{"source-unavailable"}
	default:
		r.Permission = v.permission
		r.Outcome, r.Status, r.Effect, r.SourceStatus = audit.Released, 200, "permit", 200
		r.Reasons, r.Rules = []string{"permission-to-view"}, []string{g.pick("permission", "routine_gp", "own_record")}
		if shown := max(0, g.rnd.IntN(12)-5); shown > 0 {
			r.Categories, r.Types = map[string]int{what[1]: shown}, map[string]int{what[0]: shown}
			r.BytesReceived, r.BytesReleased = int64(shown)*1100+g.rnd.Int64N(300), int64(shown)*900+g.rnd.Int64N(300)
			for range shown {
				r.Resources = append(r.Resources, fmt.Sprintf("%s/%s/_history/%d", what[0], g.hex(9), 1+g.rnd.IntN(9)))
			}
		}
	}
	r.Input = fmt.Appendf(nil, `{"facts":{"emergencies":{"state":"absent"},"identity":{"state":"known","value":{"superseded":0}},"national_opt_out":{"state":"absent"},"opt_out":{"state":"absent"},"permissions":%s,"registration":{"state":"known","value":{"from":0,"id":"%s|Patient/%s#registration","name":%q,"organisation":%q,"telephone":"01632 %s","until":253402300799}},"relationships":%s,"restriction":{"state":"absent"},"subject_is_patient":{"state":"absent"},"test_orders":{"state":"absent"}},"patient":{"known":true},"request":{"action":"view","categories":[%q],"interaction":"search-type","purpose":"direct-care","type":%q},"source":{"id":%q,"kind":%q,"organisation":%q},"subject":{"assurance":"AAL3","organisation":%q,"role":%q,"user_id":%q},"time":%d}`,
		v.permissions, g.broker, v.patient.id, v.practice.name, v.practice.org, v.patient.org, v.facts, what[1], what[0], source.id, source.kind, source.org, v.user.org, v.user.kind, v.user.id, g.at.Unix())
	return r
}

func (g *varied) pick(of ...string) string { return of[g.rnd.IntN(len(of))] }

func (g *varied) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.rnd.Uint32())
	}
	return b
}

func (g *varied) hex(n int) string    { return hex.EncodeToString(g.bytes(n)) }
func (g *varied) base64(n int) string { return base64.RawURLEncoding.EncodeToString(g.bytes(n)) }

func (g *varied) of(letters string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[g.rnd.IntN(len(letters))]
	}
	return string(b)
}

func (g *varied) digits(n int) string { return g.of("0123456789", n) }
func (g *varied) word(n int) string   { return g.of("abcdefghijklmnopqrstuvwxyz", n) }
func (g *varied) name() string        { return strings.ToUpper(g.word(1)) + g.word(3+g.rnd.IntN(6)) }

// uuid is a UUID of version 7 (RFC 9562) of the time, as records and permissions bear.
func (g *varied) uuid() string {
	b := g.bytes(16)
	ms := uint64(g.at.UnixMilli())
	binary.BigEndian.PutUint64(b, ms<<16|uint64(b[6]&0x0f|0x70)<<8|uint64(b[7]))
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
