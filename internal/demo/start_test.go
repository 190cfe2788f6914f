package demo_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo"
)

func TestTry(t *testing.T) {
	at := time.Now()
	r, err := demo.Start(context.Background(), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(time.Since(at))
	defer r.Close()
	n := 0
	for _, s := range r.Sources() {
		for _, q := range []string{"Patient?_summary=count", "Observation?_summary=count", "Condition?_count=1&_include=Condition:asserter"} {
			resp, err := http.Get(s.Base + "/" + q)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(resp.Body)
			fmt.Println(s.ID, q, string(b))
		}
		n++
	}
	c, err := r.Caddyfile(demo.CaddyfileOptions{Listen: "127.0.0.1:8080", Data: "data"})
	fmt.Println(c, err)
}
