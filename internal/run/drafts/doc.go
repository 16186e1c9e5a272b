// Package drafts keeps drafts of indexes: spec files in a folder of the user.
package drafts
