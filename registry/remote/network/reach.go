package network

import (
	"net/netip"
)

// Reach is from where an address can be reached. Nobody is sent by a registry to a place that is nearer
// to us than the registry itself is: it would have us knock at doors that it cannot reach.
type Reach int32

// From everywhere to nowhere but here.
const (
	Public    Reach = iota + 1
	Private         // within a network of one's own
	Local           // on this machine
	LinkLocal       // on this wire, such as the servers that tell a machine in a cloud its secrets
)

func (r Reach) String() string {
	return [...]string{"", "in a public network", "in a private network", "on this machine", "a link-local address"}[r]
}

// ReachOf judges an address by the blocks that are set aside (RFC 6890), also one that is wrapped in
// another.
func ReachOf(addr netip.Addr) Reach {
	addr = unwrapped(addr.Unmap().WithZone(""))
	switch {
	case addr.IsLoopback(), addr.IsUnspecified():
		return Local
	case addr.IsLinkLocalUnicast(), addr.IsMulticast(), within(addr, metadata):
		return LinkLocal
	case addr.IsPrivate(), within(addr, private):
		return Private
	}
	return Public
}

var (
	private  = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "fec0::/10")
	metadata = prefixes("fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")
	// wrapped are blocks whose addresses have one of IPv4 in them, from the given byte on.
	wrapped = map[netip.Prefix]int{
		netip.MustParsePrefix("64:ff9b::/96"):   12, // NAT64
		netip.MustParsePrefix("64:ff9b:1::/48"): 12,
		netip.MustParsePrefix("2002::/16"):      2, // 6to4
		netip.MustParsePrefix("::/96"):          12,
	}
)

func prefixes(all ...string) []netip.Prefix {
	var parsed []netip.Prefix
	for _, p := range all {
		parsed = append(parsed, netip.MustParsePrefix(p))
	}
	return parsed
}

func within(addr netip.Addr, blocks []netip.Prefix) bool {
	for _, block := range blocks {
		if block.Contains(addr) {
			return true
		}
	}
	return false
}

func unwrapped(addr netip.Addr) netip.Addr {
	if !addr.Is6() || addr.IsLoopback() || addr.IsUnspecified() {
		return addr
	}
	for block, at := range wrapped {
		if raw := addr.As16(); block.Contains(addr) {
			return netip.AddrFrom4([4]byte(raw[at : at+4]))
		}
	}
	return addr
}
