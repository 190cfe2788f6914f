package caddymodule

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/door"
)

// Caddy opens a second socket for the same address at each reload, and closes the first
// with all that the kernel has queued for it. So a server with the broker listens at
// networks of ours, which keep the socket.

const (
	atDoor = "+door" // ends the names of the networks
	// patience is how long a reload waits for requests that are just coming in.
	patience = 2 * time.Second
)

func init() {
	for tcp, udp := range map[string]string{"tcp": "udp", "tcp4": "udp4", "tcp6": "udp6"} {
		caddy.RegisterNetwork(tcp+atDoor, openDoor)
		caddyhttp.RegisterNetworkHTTP3(tcp+atDoor, udp)
	}
}

// openDoor makes the socket as Caddy does.
func openDoor(ctx context.Context, network, host, ports string, offset uint, config net.ListenConfig) (any, error) {
	all, err := caddy.ParseNetworkAddress(caddy.JoinNetworkAddress(strings.TrimSuffix(network, atDoor), host, ports))
	if err != nil {
		return nil, err
	}
	address := all.At(offset)
	return door.Open(address.String(), config.KeepAliveConfig, func() (net.Listener, error) {
		made, err := address.Listen(ctx, 0, net.ListenConfig{KeepAlive: -1})
		if err != nil {
			return nil, err
		}
		l, ok := made.(net.Listener)
		if !ok {
			return nil, fmt.Errorf("listening on %s: %T accepts no connections", address, made)
		}
		return l, nil
	})
}

// behindDoors puts a server's TCP addresses behind doors, and has its doors settled when
// another configuration has taken over and before Caddy stops this one.
func behindDoors(ctx caddy.Context, listen []string) error {
	for i, text := range listen {
		address, err := caddy.ParseNetworkAddress(text)
		if err != nil {
			return err
		}
		switch address.Network {
		case "tcp", "tcp4", "tcp6":
			address.Network += atDoor
			listen[i] = address.String()
		}
	}
	events, err := ctx.App("events")
	if err != nil {
		return err
	}
	return events.(*caddyevents.App).On("stopping", settling{ctx.Slogger()})
}

type settling struct{ log *slog.Logger }

func (s settling) Handle(ctx context.Context, _ caddy.Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if late := door.Settle(ctx); late > 0 {
		s.log.Warn("connections that had begun to ask are dropped with the configuration before: no whole request came of them", slog.Int("connections", late), slog.Duration("waited", patience))
	}
	return nil
}
