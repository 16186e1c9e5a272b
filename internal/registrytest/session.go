package registrytest

import (
	"crypto/rand"
	"net/url"
	"strconv"
	"strings"
)

// An upload is a blob under way. Its address carries a state of which a client can know nothing: a
// secret and how far the upload has come, with a byte that has to be escaped. So an address that was
// cut, decoded or kept from an earlier answer does not work, as in distribution.
type upload struct {
	id     string
	name   string // of the repository
	secret string
	data   []byte
}

// query is what the address of the upload ends in.
func (u upload) query() string {
	return url.Values{"_state": {u.secret + "=" + strconv.Itoa(len(u.data))}}.Encode()
}

// received is the value of the Range header: the first and last byte (spec, "Pushing a blob in chunks").
func (u upload) received() string { return "0-" + strconv.Itoa(max(len(u.data)-1, 0)) }

// startUpload opens a session.
func (s *store) startUpload(name string) upload {
	u := &upload{id: rand.Text(), name: name, secret: Secret()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[u.id] = u
	return *u
}

// upload returns the state of a session.
func (s *store) upload(c call, state string) (upload, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, err := s.session(c, state)
	if err != nil {
		return upload{}, err
	}
	return *u, nil
}

// append adds to an upload, if nothing else did since the client was told the state.
func (s *store) append(c call, state string, data []byte) (upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.session(c, state)
	if err == nil {
		err = u.current(state)
	}
	if err != nil {
		return upload{}, err
	}
	u.data = append(u.data, data...)
	return *u, nil
}

// endUpload closes a session.
func (s *store) endUpload(u upload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.uploads, u.id)
}

// session returns the session that a request names, however old its state. The lock is held by the
// caller.
func (s *store) session(c call, state string) (*upload, error) {
	u := s.uploads[c.session]
	if u == nil || u.name != c.name {
		return nil, errBlobUploadUnknown.about(c.session)
	}
	if secret, _, _ := strings.Cut(state, "="); secret != u.secret {
		return nil, errBlobUploadInvalid.because("the state of this upload is missing or wrong")
	}
	return u, nil
}

// current reports whether a state is the latest.
func (u upload) current(state string) error {
	if _, offset, _ := strings.Cut(state, "="); offset != strconv.Itoa(len(u.data)) {
		return errRangeInvalid.because("the upload has moved on: use the latest Location")
	}
	return nil
}
