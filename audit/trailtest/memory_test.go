package trailtest_test

import (
	"testing"

	"github.com/mycarerecord/mcr/audit/trailtest"
)

func TestMemory(t *testing.T) {
	trailtest.Run(t, func(*testing.T) trailtest.Kept { return new(trailtest.Memory) })
}
