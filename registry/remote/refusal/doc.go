// Package refusal reads why a server refuses a request: it turns the body of an answer that is no success into
// words for people, and finds the cause in the words.
//
// It knows the errors of registries (distribution-spec, "Error Codes"), other JSON, the XML of object stores, pages
// of proxies, and text.
package refusal
