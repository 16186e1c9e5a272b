package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

const (
	tokenPath    = "/token"
	tokenService = "bench"
)

// tokens is a token server that grants to everybody what is asked for: who may do what is not measured.
func tokens(a *authority) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		token, err := a.token(strings.Fields(strings.Join(r.Form["scope"], " ")))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"token": token, "access_token": token, "expires_in": 300})
	})
}

// token makes a token as distribution reads it (its docs, "Token authentication implementation").
func (a *authority) token(scopes []string) (string, error) {
	now := time.Now()
	header := map[string]any{"typ": "JWT", "alg": "ES256", "x5c": [][]byte{a.cert.Raw}}
	claims := map[string]any{
		"iss": tokenService, "aud": tokenService, "sub": user, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"access": granted(scopes),
	}
	text, err := part(header)
	if err != nil {
		return "", err
	}
	body, err := part(claims)
	if err != nil {
		return "", err
	}
	text += "." + body
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, a.key, sum[:])
	if err != nil {
		return "", err
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func part(value any) (string, error) {
	b, err := json.Marshal(value)
	return base64.RawURLEncoding.EncodeToString(b), err
}

type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

// granted reads scopes such as repository:team/app:pull,push.
func granted(scopes []string) []access {
	list := []access{}
	for _, scope := range scopes {
		if words := strings.Split(scope, ":"); len(words) == 3 {
			list = append(list, access{words[0], words[1], strings.Split(words[2], ",")})
		}
	}
	return list
}
