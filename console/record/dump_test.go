package record_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/mycarerecord/mcr/console/record"
)

func TestDump(t *testing.T) {
	if os.Getenv("DUMP") == "" {
		t.Skip()
	}
	parts, who := region(t, os.Getenv("DUMP"))
	v := record.Read(parts, who, now)
	seen := map[string]int{}
	for _, c := range v.Categories {
		for _, l := range c.Lines {
			if seen[l.Kind]++; seen[l.Kind] > 2 {
				continue
			}
			fmt.Println(c.ID, "|", l.Kind, "|", l.Title, "|", l.Value, "|", marks(l), "|", l.Dated(), "|", l.Source.Name)
			for _, f := range l.Facts {
				fmt.Printf("      %s: %s\n", f.Name, f.Text)
			}
			if l.Prose != "" {
				fmt.Println("      PROSE", l.Prose)
			}
		}
	}
}
