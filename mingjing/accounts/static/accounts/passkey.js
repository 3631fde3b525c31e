/* Passkeys: the buttons appear where the browser has them, and a failure is said in words. The ceremony itself is allauth's webauthn.js. */
(function () {
  const words = {
    NotAllowedError: "没有完成：已取消、超时，或者没有找到可用的通行密钥。可以再试一次，或者改用密码和验证码。",
    InvalidStateError: "这个通行密钥已经添加过。",
    SecurityError: "浏览器不允许在这个地址使用通行密钥：需要加密连接（https），或者在本机访问。",
    NotSupportedError: "这台设备不支持所需的通行密钥。",
  };
  document.addEventListener("DOMContentLoaded", function () {
    const able = Boolean(window.PublicKeyCredential);
    document.querySelectorAll("[data-needs-passkeys]").forEach(button => { button.hidden = !able; });
    if (!able) document.querySelectorAll("[data-without-passkeys]").forEach(text => { text.hidden = false; });
  });
  document.addEventListener("allauth.error", function (event) {
    const fault = document.querySelector("[data-passkey-fault]");
    if (!fault) return;
    event.preventDefault();
    fault.textContent = words[event.detail.exception && event.detail.exception.name] || "通行密钥没有成功，请再试一次，或者改用密码和验证码。";
    fault.hidden = false;
  });
})();
