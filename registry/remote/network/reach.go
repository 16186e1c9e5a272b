package network

import (
	"net/netip"
)

// Reach is the network from which an address can be reached. A registry must not lead the program to an address that
// is closer than the registry itself, because the program may reach services that the registry cannot.
type Reach int32

// The values go from everywhere to this machine and this link.
const (
	Public    Reach = iota + 1
	Private         // in a private network
	Local           // on this machine
	LinkLocal       // on this link, such as the metadata servers of clouds
)

func (r Reach) String() string {
	return [...]string{"", "in a public network", "in a private network", "on this machine", "a link-local address"}[r]
}

// ReachOf classifies an address by the special-purpose blocks (RFC 6890). It unwraps an IPv4 address within an IPv6
// address first.
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
	// wrapped maps blocks of IPv6 addresses that hold an IPv4 address to its first byte.
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
