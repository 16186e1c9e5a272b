package network

import "testing"

// What looks like an address to no proxy is a name.
func TestDisguised(t *testing.T) {
	for host, want := range map[string]bool{
		"10.1": true, "1": true, "0x": true, "a.0x7f": true, "a.1": true, "": true, "١٢.test": true,
		"1.test": false, "0a1b2c": false, "10.0.0.1.nip.io": false, "x0x1": false, "s3.us-east-1.amazonaws.com": false, "xn--p1ai": false,
	} {
		if disguised(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}
