package config

import (
	"fmt"
	"reflect"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// A change is made to each leaf of settings as they are copied: to each text,
// number and switch, and to each pointer to a text before the text itself.
type change func(v reflect.Value, f *settings.Field, path string)

// copyOf copies a section with all that it points to.
func copyOf[T any](section T, each change) T {
	return copied(reflect.ValueOf(section), &settings.Field{}, "", each).Interface().(T)
}

func copied(from reflect.Value, f *settings.Field, path string, each change) reflect.Value {
	to := reflect.New(from.Type()).Elem()
	to.Set(from)
	switch from.Kind() {
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			to.Elem().Set(copied(from.Elem(), f, path, each))
		}
		each(to, f, path)
	case reflect.Struct:
		fields := settings.Fields(from.Type())
		for i := range fields {
			inner := &fields[i]
			inner.Of(to).Set(copied(inner.Of(from), inner, at{path: path}.child(inner.Key, inner).path, each))
		}
		each(to, f, path)
	case reflect.Slice:
		if !from.IsNil() {
			to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		}
		for i := range from.Len() {
			to.Index(i).Set(copied(from.Index(i), f, fmt.Sprintf("%s[%d]", path, i), each))
		}
	case reflect.Map:
		if !from.IsNil() {
			to.Set(reflect.MakeMap(from.Type()))
		}
		for _, key := range from.MapKeys() {
			to.SetMapIndex(copied(key, &settings.Field{}, path, each), copied(from.MapIndex(key), f, path, each))
		}
	default:
		each(to, f, path)
	}
	return to
}
