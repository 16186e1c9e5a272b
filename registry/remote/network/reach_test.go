package network

import (
	"net"
	"net/netip"
	"testing"
)

func TestReachOf(t *testing.T) {
	for address, want := range map[string]Reach{
		"192.0.2.1": Public, "8.8.8.8": Public, "2606:4700::1": Public, "172.32.0.1": Public, "100.128.0.1": Public,
		"10.1.2.3": Private, "172.16.0.1": Private, "192.168.1.1": Private, "100.64.0.1": Private, "fd12::1": Private, "198.18.0.1": Private,
		"127.0.0.1": Local, "127.9.9.9": Local, "0.0.0.0": Local, "::1": Local, "::": Local,
		"169.254.169.254": LinkLocal, "fe80::1": LinkLocal, "fe80::1%eth0": LinkLocal, "fd00:ec2::254": LinkLocal, "224.0.0.1": LinkLocal,
		"168.63.129.16": LinkLocal, "100.100.100.200": LinkLocal,
		"::ffff:127.0.0.1": Local, "::ffff:10.0.0.1": Private, "::ffff:8.8.8.8": Public, "::127.0.0.1": Local,
		"64:ff9b::7f00:1": Local, "64:ff9b::a9fe:a9fe": LinkLocal, "64:ff9b:1::a00:1": Private, "2002:a00:1::1": Private, "2002:808:808::1": Public,
	} {
		if got := ReachOf(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is %s, not %s", address, got, want)
		}
	}
}

// A registry that is met at several addresses is as far away as the one that the most can reach. A name
// that leads inside once in a while is no way in.
func TestSeveralAddresses(t *testing.T) {
	public, private, local := "192.0.2.1:443", "10.0.0.1:443", "127.0.0.1:443"
	for _, test := range []struct {
		met     []string
		allowed Reach
	}{
		{nil, Public},
		{[]string{public}, Public},
		{[]string{private}, Private},
		{[]string{local}, Local},
		{[]string{private, public}, Public},
		{[]string{public, private}, Public},
		{[]string{local, private, local}, Private},
		{[]string{"[fe80::1]:443", private, "[::1]:443", public, local}, Public},
	} {
		n := New("reg.test", Options{Reach: ReachOf})
		for _, at := range test.met {
			n.observe(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(at)))
		}
		for _, at := range []string{"192.0.2.2", "10.0.0.2", "127.0.0.2", "169.254.169.254"} {
			addr := netip.MustParseAddr(at)
			if err := n.check("cdn.test", addr); (err == nil) != (ReachOf(addr) <= test.allowed) {
				t.Errorf("met at %q, sent to %s: %v", test.met, at, err)
			}
		}
	}
}
