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

// dial opens connections on a way. What is dialled is judged by its address, when that is known: a name
// may stand for any. A proxy may be where it wants, and so may what the user has named.
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

// met takes down where the registry is. Of several addresses, the one that the most can reach counts.
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

// judge refuses an address that is nearer to us than the registry. One that we have not met, as it is
// behind a proxy, counts as public.
func (n *Network) check(host string, addr netip.Addr) error {
	reach := n.options.Reach(addr)
	if reach <= max(Reach(n.reach.Load()), Public) {
		return nil
	}
	return errNearer{registry: n.registry, at: host, addr: addr.Unmap(), reach: reach}
}

// literal judges what a proxy would dial for us, as far as the URL tells. Proxies read addresses that are
// none to us, so what may be one is refused.
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
		return registry.Errorf(registry.ErrUnverified, "%s sends us to %s, which may be an address in disguise: refused (--allow-realm %[2]s lets it be)",
			n.registry, to.Host)
	}
	return nil
}

// disguised tells of a host that is no address as it stands, but may be taken for one: 10.1, 167772161,
// 0xa000001 (https://url.spec.whatwg.org/#ends-in-a-number-checker), and what has to be made ASCII first.
func disguised(host string) bool {
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	return strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") ||
		strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII })
}
