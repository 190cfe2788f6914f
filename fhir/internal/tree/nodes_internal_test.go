package tree

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// Room is made once: never less than is needed, and what stands in texts takes none.
func TestRoomForNodesIsMadeOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		body := json.RawMessage(value(random, 0))
		all, err := json.Marshal([]any{strings.Repeat(`a, {"b": [\ `, 1+random.IntN(2)*manyNodes), body, body, strings.Repeat(" ", manyNodes)})
		if err != nil {
			t.Fatal(err)
		}
		var d Document
		if !d.Read(all) {
			t.Fatalf("%.200s is not read", all)
		}
		if room := NodesFor(all); room < len(d.Nodes) || cap(d.Nodes) != room {
			t.Fatalf("room for %d of %d nodes, and made for %d, in %.200s", room, len(d.Nodes), cap(d.Nodes), all)
		}
	}
}

// value makes up a JSON value.
func value(r *rand.Rand, depth int) string {
	switch n := r.IntN(8); {
	case depth > 5 || n < 2:
		return []string{"1", "null", `""`, `"\\"`, `"\""`, `"\\\","`, `"[{,"`, "true"}[r.IntN(8)]
	case n < 5:
		items := make([]string, r.IntN(4))
		for i := range items {
			items[i] = value(r, depth+1)
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		members := make([]string, r.IntN(4))
		for i := range members {
			members[i] = `"` + string(rune('a'+i)) + `":` + value(r, depth+1)
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}
