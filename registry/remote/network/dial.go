package network

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/manifest-tool/manifest-tool/registry"
)

// dial returns the function that opens the connections of a route. It checks the address and not the name, because a
// name may stand for any address. Proxies and hosts that the user named may have any address.
func (n *Network) dial(w route) func(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second, Resolver: n.options.Resolver}
	if w.proxy == "" {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			switch {
			case err != nil:
				return err
			case w.loopback && !at.Addr().Unmap().IsLoopback():
				return errAway{w.host, at.Addr().Unmap()}
			case n.trusted(w.host):
				return nil
			}
			return n.check(w.host, at.Addr())
		}
	}
	open := n.options.Dial
	if open == nil {
		open = dialer.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := open(ctx, network, address)
		if err == nil && w.proxy == "" && n.isRegistry(w.host) {
			n.observe(conn.RemoteAddr())
		}
		return conn, err
	}
}

// observe records the reach of the registry. If the registry has several addresses, the most public one counts.
func (n *Network) observe(at net.Addr) {
	addr, err := netip.ParseAddrPort(at.String())
	if err != nil {
		return
	}
	reach := int32(n.options.Reach(addr.Addr()))
	for {
		was := n.reach.Load()
		if was != 0 && was <= reach || n.reach.CompareAndSwap(was, reach) {
			return
		}
	}
}

// check refuses an address that is closer than the registry, or than the registry that led the program here. A registry of unknown reach, which is behind a proxy,
// counts as public.
func (n *Network) check(host string, addr netip.Addr) error {
	reach, leader, most := n.options.Reach(addr), n.registry, n.Reach()
	if n.options.Leader != "" {
		leader, most = n.options.Leader, n.options.LeaderReach
	}
	if reach <= max(most, Public) {
		return nil
	}
	return errNearer{registry: leader, at: host, addr: addr.Unmap(), reach: reach}
}

// checkLiteral checks the host of a URL that a proxy will resolve. It can only check an address or a loopback name.
// It refuses hosts that a proxy may read as an address although they are none by the rules of net/netip.
func (n *Network) checkLiteral(to *url.URL) error {
	if n.trusted(to.Host) {
		return nil
	}
	host := strings.TrimRight(to.Hostname(), ".")
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		return n.check(to.Host, addr)
	case IsLoopback(host):
		return n.check(to.Host, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	case disguised(host):
		return registry.Errorf(registry.ErrUnverified, "%s leads to %s, which some programs read as an IP address (use --allow-realm %[2]s to allow this host)",
			n.registry, to.Host)
	}
	return nil
}

// disguised reports whether some programs read a host as an address although it is none: 10.1, 167772161, 0xa000001
// (https://url.spec.whatwg.org/#ends-in-a-number-checker), and hosts that are not ASCII.
func disguised(host string) bool {
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	return strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") ||
		strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII })
}
