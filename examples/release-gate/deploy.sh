#!/bin/sh
# deploy.sh: has the shop run the approved commit. The fence goes along with the action: a shop that has seen a
# higher one refuses. `quorate gate` gives the variables; SHOP is the address of the shop.
echo "deploying $QUORATE_SUBJECT, fence $QUORATE_FENCE"
curl -sSf -X PUT "$SHOP" -d "{\"commit\": \"$QUORATE_SUBJECT\", \"fence\": $QUORATE_FENCE}" || {
  echo "the shop has seen a higher fence: another run has deployed since" >&2
  exit 1
}
