package network

import (
	"net/http"
	"time"
)

// MaxHeader is the limit on the header of an answer.
const MaxHeader = 64 << 10

// newTransport returns a transport that limits every wait. It does not ask for compressed answers, because digests
// are over the bytes without a coding.
func newTransport(jobs int) *http.Transport {
	return &http.Transport{
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    jobs,
		MaxResponseHeaderBytes: MaxHeader,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second, // not all servers know the header
		DisableCompression:     true,
		// pings find a dead connection before a request waits on it
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}
}
